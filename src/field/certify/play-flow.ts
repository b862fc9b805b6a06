import { join } from 'node:path';
import type { Case } from './case.ts';
import type { Category, Flow } from './flow.ts';
import type { OwnClient, PlatformAccess } from './own-client.ts';
import type { Verdict } from './planned-call.ts';
import { judgeCall } from './planned-call.ts';
import { startRecordingProxy } from './recording-proxy.ts';
import type { SentRequest } from './sent-request.ts';
import { Stage } from './stage.ts';
import { prepareTerminal } from './terminal-on-trial.ts';
import { FlowStopped } from './waiting.ts';

export interface CaseResult extends Verdict {
  title: string;
}

export interface FlowResult {
  category: Category;
  name: string;
  cases: CaseResult[];
  /** All that its terminal sent. */
  requests: readonly SentRequest[];
}

/** Where flows are played, and as whom. */
export interface Venue {
  access: PlatformAccess;
  store: { brandId: string; locationId: string };
  phoneNumber: string;
  own: OwnClient;
  mqttUrl: string;
  /** Holds the config and the journal of each flow's terminal. */
  dir: string;
  /** Rejects when the run is to end. */
  interrupted: Promise<never>;
}

/** Plays a flow on a terminal and a PoS of its own, both called `terminalId`, and judges it. */
export async function playFlow(flow: Flow, venue: Venue, terminalId: string): Promise<FlowResult> {
  const { access, own, store, phoneNumber, mqttUrl } = venue;
  const proxy = await startRecordingProxy(access);
  const terminal = await prepareTerminal({
    terminalId,
    dir: join(venue.dir, terminalId),
    mqttUrl,
    apiUrl: proxy.url,
    access,
    store,
  });
  const currency = access.merchantVat.startsWith('FI') ? 'EUR' : 'DKK';
  const stage = new Stage({ proxy, terminal, own, phoneNumber, currency, runId: terminalId });
  let stopped: string | undefined;
  try {
    await Promise.race([flow.play(stage), venue.interrupted]);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    stopped = error.message;
    // What is not foreseen is a defect of this run, and must not look like one of the terminal.
    if (!(error instanceof FlowStopped)) stopped = `the run itself failed: ${error.message}`;
  } finally {
    proxy.expectEnd();
    await terminal.close();
    await proxy.close();
    await removePos(own, terminalId);
  }
  const cases = flow.cases.map((one) => ({
    title: one.title,
    ...verdictOn(one, stage, proxy.requests, stopped),
  }));
  return { category: flow.category, name: flow.name, cases, requests: proxy.requests };
}

function verdictOn(
  one: Case,
  stage: Stage,
  requests: readonly SentRequest[],
  stopped: string | undefined,
): Verdict {
  const verdict = verdictSoFar(one, stage, requests);
  if (verdict !== undefined && verdict.verdict !== 'not-run') return verdict;
  const evidence = stopped ?? verdict?.evidence ?? 'the flow did not get there';
  return { verdict: 'not-run', evidence, requests: [] };
}

function verdictSoFar(
  one: Case,
  stage: Stage,
  requests: readonly SentRequest[],
): Verdict | undefined {
  switch (one.kind) {
    case 'call': {
      const plan = stage.planOf(one);
      return plan === undefined ? undefined : judgeCall(requests, plan, one);
    }
    case 'traffic':
      return one.judge(requests);
    case 'check':
      return stage.verdictOf(one);
  }
}

/** Leaves nothing behind; what cannot be removed stays, under a name that was used for this only. */
async function removePos(own: OwnClient, merchantPosId: string): Promise<void> {
  try {
    for (const posId of await own.findPos(merchantPosId)) await own.deletePos(posId);
  } catch {
    // The verdicts stand without it.
  }
}
