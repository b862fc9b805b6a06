import type { BrokerAddress } from '../../mqtt/broker-address.ts';
import type { Finding } from './finding.ts';
import { warning } from './finding.ts';
import type { Terminal } from './patient.ts';

/**
 * Looks at every broker that was well so far, and leaves those that still are. With one that is, the
 * terminal works: then the others only warn.
 */
export async function lookAtEach(
  terminal: Terminal,
  look: (broker: BrokerAddress) => Promise<Finding>,
): Promise<Finding> {
  const looked = await Promise.all(
    terminal.brokers.map(async (broker) => ({ broker, finding: await look(broker) })),
  );
  const well = looked.filter(({ finding }) => finding.verdict !== 'failed');
  terminal.brokers = well.map(({ broker }) => broker);
  const evidence = looked.map(({ finding }) => finding.evidence).join('; ');
  const worst =
    looked.find(({ finding }) => finding.verdict === 'failed') ??
    looked.find(({ finding }) => finding.verdict === 'warning') ??
    looked.find(({ finding }) => finding.verdict === 'skipped') ??
    looked[0];
  if (worst === undefined) throw new Error('no broker is left to look at');
  const { finding } = worst;
  return finding.verdict === 'failed' && well.length > 0
    ? warning(evidence, finding.remedy ?? '')
    : { ...finding, evidence };
}
