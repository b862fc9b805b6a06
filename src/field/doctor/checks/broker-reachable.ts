import type { BrokerAddress } from '../../../mqtt/broker-address.ts';
import { lookAtEach } from '../each-broker.ts';
import type { Finding } from '../finding.ts';
import { failed, ok } from '../finding.ts';
import { terminalCheck } from '../patient.ts';
import { addressesOf, tcpTrouble } from '../tcp-probe.ts';

async function look(broker: BrokerAddress, signal: AbortSignal): Promise<Finding> {
  const addresses = await addressesOf(broker.host);
  if ('error' in addresses) {
    return failed(
      `${broker.label}: the name is not known (${addresses.error})`,
      'Correct mqtt.url, or the DNS server of this network: resolvectl query shows what it says.',
    );
  }
  const trouble = await tcpTrouble(broker, signal);
  return trouble === null
    ? ok(`${broker.label} takes the call`)
    : failed(
        `${broker.label}: no connection (${trouble})`,
        'See that the broker runs, that host and port in mqtt.url are right, and what a firewall lets through.',
      );
}

/** Whether a broker is there at all. */
export const brokerReachable = terminalCheck({
  name: 'broker-reachable',
  look: (terminal, _world, signal) => lookAtEach(terminal, (broker) => look(broker, signal)),
});
