// The arrows: payment ← ports ← engine ← adapters; contract may be imported by all; adapters never
// import one another; only the composition root and the subcommands see everything.

/** The heart: payments, and refunds beside them. */
const payment = '^src/(payment|refund)/';
const contract = '^src/contract/';
const ports = '^src/ports\\.ts$';
const error = '^src/terminal-error\\.ts$';
/** Pure: what an advert can hold is for the configuration to judge as well. */
const advert = '^src/beacon/advert/';
const seesEverything = '^src/(world/|field/|commands/|terminal\\.ts$|devices\\.ts$|main\\.ts$)';
/** `npm ci --omit=optional` leaves these out; they are imported only where they are needed. */
const leftOut = Object.keys(require('../package.json').optionalDependencies).map(
  (name) => `^${name}$`,
);
const packages = { dependencyTypesNot: ['core', 'npm', 'npm-dev', 'npm-optional'] };

/** Nothing in `from` may import anything but itself, packages and what stands in `allowed`. */
function only(name, from, allowed, comment) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: from },
    to: { pathNot: [from, ...allowed], ...packages },
  };
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Whatever goes round in circles cannot be understood from one end.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: leftOut },
    },
    {
      name: 'no-dev-packages',
      comment: 'What runs at the merchant must be installed there.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'payment-is-pure',
      comment: 'The heart has no clock, no I/O and no packages.',
      severity: 'error',
      from: { path: payment },
      to: { pathNot: [payment, contract] },
    },
    only('contract-stands-alone', contract, [ports], 'Everybody reads it; it reads nobody.'),
    only('ports-see-the-heart', ports, [payment, contract], 'Ports speak of payments, not of us.'),
    only(
      'engine-sees-ports',
      '^src/engine/',
      [payment, ports, contract, error],
      'The engine knows the world through its ports.',
    ),
    only(
      'simulator-stands-alone',
      '^src/simulator/',
      [contract, error],
      'It plays the vendor: sharing code with the client would hide a misreading in both.',
    ),
    only(
      'register-speaks-the-contract',
      '^src/register/',
      [contract, error, '^src/mqtt/'],
      'The reference client may know no more than any other register.',
    ),
    only(
      'gateway-speaks-the-contract',
      '^src/gateway/',
      [contract, error, '^src/(mqtt|http)/'],
      "It runs on the merchant's servers, where there is no terminal.",
    ),
    only('adverts-are-pure', advert, [contract], 'Bytes and nothing else.'),
    {
      name: 'config-judges-adverts',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: '^src/beacon/', pathNot: advert },
    },
    {
      name: 'adapters-never-import-one-another',
      comment: 'What two of them need belongs to a port, to contract or to the composition root.',
      severity: 'error',
      from: {
        path: '^src/([^/]+)/',
        pathNot: [seesEverything, payment, contract, '^src/(engine|simulator|register)/'],
      },
      to: {
        path: '^src/',
        pathNot: ['^src/$1/', payment, ports, contract, error, advert, '^src/(mqtt|serial|http)/'],
      },
    },
    {
      name: 'only-the-journal-folds',
      comment: 'Adapters see payments as ports and contract show them.',
      severity: 'error',
      from: {
        path: '^src/([^/]+)/',
        pathNot: [seesEverything, payment, '^src/(engine|journal)/'],
      },
      to: { path: payment },
    },
    {
      name: 'nobody-imports-the-top',
      severity: 'error',
      from: { path: '^src/', pathNot: [seesEverything] },
      to: { path: seesEverything },
    },
    {
      name: 'field-is-for-subcommands',
      comment: 'Tools for people on site; the product runs without them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(field|commands)/' },
      to: { path: '^src/field/' },
    },
    {
      name: 'certify-judges-from-outside',
      comment:
        'It holds the client to the rules: sharing code with it would hide a misreading in both.',
      severity: 'error',
      from: { path: '^src/field/certify/' },
      to: { path: '^src/(mobilepay|engine|payment|refund|journal|simulator)/|^src/terminal\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/((world|console)/)?page/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
