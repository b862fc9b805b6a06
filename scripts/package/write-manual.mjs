#!/usr/bin/env node
// Writes the man pages and the completion for bash from the program itself and from
// docs/configuration.md, so that they say what is true.
// usage: write-manual.mjs DIST OUTPUT-FOLDER
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [dist, output] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(resolve(dist, file)).href);
const { createProgram } = await load('commands/program.js');
const { version } = await load('version.js');
const program = createProgram(() => {});
const configuration = readFileSync('docs/configuration.md', 'utf8');
const day = new Date(Number(process.env.SOURCE_DATE_EPOCH ?? 0) * 1000).toISOString().slice(0, 10);

/** Text as troff takes it: no line begins with a control character. */
const roff = (text) =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1');
/** Of Markdown only what the manual pages need. */
const plain = (text) => text.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1').replaceAll('`', '');
const section = (title, ...lines) => [`.SH ${title}`, ...lines];
const definition = (term, text) => ['.TP', `.B ${roff(term)}`, roff(plain(text))];

/** Every subcommand with its words: `journal salvage`. */
function commandsOf(command, words = []) {
  return command.commands.flatMap((each) => {
    const own = [...words, each.name()];
    return each.commands.length > 0 ? commandsOf(each, own) : [{ words: own, command: each }];
  });
}
const commands = commandsOf(program);

function argumentText({ required, variadic, name }) {
  const text = `${name().toUpperCase()}${variadic ? '...' : ''}`;
  return required ? text : `[${text}]`;
}

/** As --help has it, with what counts where it is left out. */
function optionText({ description, defaultValue, defaultValueDescription }) {
  if (defaultValue === undefined || typeof defaultValue === 'boolean') return description;
  return `${description} (default: ${defaultValueDescription ?? defaultValue})`;
}

function commandLines({ words, command }) {
  const usage = [
    ...words,
    ...command.registeredArguments.map((each) =>
      argumentText({ ...each, required: each.required, name: () => each.name() }),
    ),
  ].join(' ');
  const flags = command.options
    .filter((option) => !option.hidden)
    .flatMap((option) => definition(option.flags, optionText(option)));
  return ['.SS', roff(usage), roff(plain(command.description())), '.RS', ...flags, '.RE'];
}

/** The rows of the table under a heading of docs/configuration.md. */
function tableUnder(heading) {
  const [, text = ''] = configuration.split(`\n## ${heading}\n`);
  return text
    .split('\n## ')[0]
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.includes('---'))
    .slice(1)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const exitCodes = tableUnder('Exit codes');
if (exitCodes.length === 0) throw new Error('docs/configuration.md has no table of exit codes');
const everyKey = /\n## Every key\n[\s\S]*?```yaml\n([\s\S]*?)```/.exec(configuration)?.[1];
if (everyKey === undefined) throw new Error('docs/configuration.md does not show every key');

const commandPage = [
  `.TH BEACON\\-TERMINAL 1 ${day} "beacon\\-terminal ${version}" "User Commands"`,
  ...section('NAME', 'beacon\\-terminal \\- MobilePay beacon terminal for the checkout'),
  ...section('SYNOPSIS', '.B beacon\\-terminal', '.I SUBCOMMAND', '[\\fIOPTION\\fR]...'),
  ...section(
    'DESCRIPTION',
    roff(program.description()),
    '.PP',
    'Under systemd the terminal runs as beacon\\-terminal.service, the gateway as',
    'beacon\\-terminal\\-gateway@\\fINAME\\fR.service. Each subcommand explains itself with \\-\\-help.',
  ),
  ...section('SUBCOMMANDS', ...commands.flatMap(commandLines)),
  ...section('EXIT STATUS', ...exitCodes.flatMap(([code, meaning]) => definition(code, meaning))),
  ...section(
    'FILES',
    ...definition('/etc/beacon-terminal/config.yaml', 'See beacon-terminal.yaml(5).'),
    ...definition('/etc/beacon-terminal/secrets', 'Secrets, a file each, mode 0600.'),
    ...definition('/etc/credstore/beacon-terminal.NAME', 'Secrets for the unit, readable by root.'),
    ...definition('/var/lib/beacon-terminal/journal.db', 'The journal.'),
  ),
  ...section('SEE ALSO', '.BR beacon\\-terminal.yaml (5),', '.BR systemd\\-creds (1)'),
];

const configPage = [
  `.TH BEACON\\-TERMINAL.YAML 5 ${day} "beacon\\-terminal ${version}" "File Formats"`,
  ...section('NAME', 'beacon\\-terminal.yaml \\- configuration of beacon\\-terminal'),
  ...section('SYNOPSIS', '/etc/beacon\\-terminal/config.yaml'),
  ...section(
    'DESCRIPTION',
    'A YAML file. Unknown keys are errors; beacon\\-terminal config check \\fIFILE\\fR says what is wrong',
    'with it, line by line. Except for the lines marked needed and example, deleting a line changes',
    'nothing: what stands here is the default.',
    '.PP',
    '.nf',
    '.RS 2',
    roff(everyKey.trimEnd()),
    '.RE',
    '.fi',
  ),
  ...section(
    'SECRETS',
    ...tableUnder('Secrets').flatMap(([name, variable, when]) =>
      definition(plain(name), `${when} Or in the environment: ${variable}.`),
    ),
  ),
  ...section('SEE ALSO', '.BR beacon\\-terminal (1)'),
];

function completion() {
  const options = commands.flatMap(({ command }) => command.options);
  const files = options.filter(({ flags }) => /<(file|dir)>/.test(flags)).map(({ long }) => long);
  const names = [...new Set(commands.map(({ words }) => words[0])), 'help'].sort();
  const groups = new Map();
  for (const { words } of commands) {
    if (words.length < 2) continue;
    groups.set(words[0], [...(groups.get(words[0]) ?? []), words[1]]);
  }
  const cases = commands.map(({ words, command }) => {
    const flags = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long);
    return `    '${words.join(' ')}') words='${[...flags, '--help'].join(' ')}' ;;`;
  });
  const nested = [...groups].map(
    ([group, members]) => `    '${group}') words='${members.join(' ')} --help' ;;`,
  );
  return `# bash completion for beacon-terminal
_beacon_terminal() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words=
  local first=\${COMP_WORDS[1]} second=\${COMP_WORDS[2]}
  case $previous in
    ${[...new Set(files)].sort().join(' | ')})
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W '${names.join(' ')} --version --help' -- "$current")
    return
  fi
  [ "$COMP_CWORD" -gt 2 ] || second=
  case $first in
${nested.join('\n')}
  esac
  case "$first\${second:+ $second}" in
${cases.join('\n')}
  esac
  if [ -z "$words" ]; then
    case $first in
${cases
  .filter((line) => !/^ *'[a-z-]+ /.test(line))
  .map((line) => `  ${line}`)
  .join('\n')}
    esac
  fi
  case $current in
    -* | '') mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"; compgen -f -- "$current") ;;
  esac
} && complete -o filenames -F _beacon_terminal beacon-terminal
`;
}

mkdirSync(output, { recursive: true });
const write = (name, text) => writeFileSync(join(output, name), text);
write('beacon-terminal.1', `${commandPage.join('\n')}\n`);
write('beacon-terminal.yaml.5', `${configPage.join('\n')}\n`);
write('beacon-terminal.bash', completion());
