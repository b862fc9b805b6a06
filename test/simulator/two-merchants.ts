import {
  DEMO_CLIENT_ID,
  DEMO_CLIENT_SECRET,
  DEMO_VAT,
  type SimulatedClient,
} from '../../src/simulator/demo.ts';

export const OTHER_VAT = 'FI87654321';

/** The demo client, who serves two merchants here. */
export const demoClient: SimulatedClient = {
  clientId: DEMO_CLIENT_ID,
  clientSecret: DEMO_CLIENT_SECRET,
  merchantVats: [DEMO_VAT, OTHER_VAT],
};

/** Another integrator of the same merchant. */
export const OTHER_CLIENT: SimulatedClient = {
  clientId: '99999999-2222-4333-8444-555555555555',
  clientSecret: 'another secret',
  merchantVats: [DEMO_VAT],
};
