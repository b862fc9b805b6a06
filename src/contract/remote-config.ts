import { z } from 'zod';

/** Whole configurations are told apart by it; which number is larger means nothing. */
const version = z.int('must be a whole number').min(1, 'must be at least 1');
const section = z.record(z.string(), z.unknown());
const config = z.record(z.string(), section);

/**
 * `R/config/desired`, retained: sections of keys as in the config file, beside a `version`. What is not
 * named stays as the file on the device has it.
 */
export const desiredConfigSchema = z.object({ version }).catchall(section);

/** How the newest wish stands. `waiting`: until nothing is open. `trying`: not yet known to be healthy. */
const remoteConfigOutcomes = ['waiting', 'trying', 'applied', 'refused', 'rolled-back'] as const;

/** `R/config/reported`, retained: what is in force from afar, and what became of the newest wish. */
export const reportedConfigSchema = z.strictObject({
  /** Null: the file on the device alone. */
  version: version.nullable(),
  config,
  wish: z
    .strictObject({
      /** Null: the wish had none that could be read. */
      version: version.nullable(),
      outcome: z.enum(remoteConfigOutcomes),
      /** Why it is not in force. `field` is a key such as `payment.customerTimeoutSeconds`, or empty. */
      problems: z.array(z.strictObject({ field: z.string(), message: z.string() })),
    })
    .nullable(),
  at: z.iso.datetime(),
});

/** Sections of keys, as in the config file. */
export type RemoteSettings = z.infer<typeof config>;
export interface RemoteConfig {
  version: number;
  config: RemoteSettings;
}
export type ReportedConfig = z.infer<typeof reportedConfigSchema>;
export type RemoteConfigProblem = NonNullable<ReportedConfig['wish']>['problems'][number];
