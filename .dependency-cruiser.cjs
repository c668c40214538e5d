// The order of the rooms, lowest row first. A room imports only from lower rows; inside a room the
// listed folders import only from those before them.
const rows = [
  ['base'],
  ['statistics', 'compiler'],
  ['language'],
  ['topology'],
  ['protocol'],
  ['engine'],
  ['debugger'],
  // Its `debug-adapter` command starts the debugger.
  ['cli'],
  ['extension'],
];
const foldersInside = {
  statistics: ['taps', 'definitions', 'series', 'theory', 'expressions', 'rules'],
  compiler: ['graph', 'ops', 'passes', 'onnx'],
  language: ['syntax', 'layers', 'check', 'lower', 'print', 'edit'],
  protocol: ['channel', 'engine', 'view'],
  engine: ['kernel', 'runtime', 'data', 'train', 'runs', 'debug', 'main'],
};
/** Every room speaks to people. */
const packagesEverywhere = ['@vscode/l10n'];
// Packages are named as they are resolved: by their folder in node_modules.
const packagesAllowed = {
  base: [],
  statistics: [],
  compiler: ['@bufbuild/protobuf'],
  language: ['yaml'],
  topology: [],
  protocol: ['zod'],
  engine: [
    'onnxruntime-node',
    'onnxruntime-common',
    'zod',
    'csv-parse',
    'fast-png',
    'fflate',
    'jpeg-js',
  ],
  debugger: ['@vscode/debugadapter', '@vscode/debugprotocol'],
  cli: ['commander'],
  extension: ['vscode', '@types/vscode', 'zod', 'yaml'],
};
/** Rooms that know neither files nor processes: the views share their code. */
const pureRooms = ['base', 'statistics', 'compiler', 'language', 'topology', 'protocol'];
/** What the views may share with the rest. */
const roomsForViews = ['base', 'statistics', 'topology', 'protocol'];

const anyOf = (names) => `(${names.join('|')})`;
const rooms = rows.flat();

function rowOrder() {
  return rows.flatMap((row, index) =>
    row.map((room) => {
      const lower = rows.slice(0, index).flat();
      const allowed = [...lower, room];
      return {
        name: `room-${room}`,
        comment: `src/${room} may import only from ${lower.join(', ') || 'nothing'}`,
        severity: 'error',
        from: { path: `^src/${room}/` },
        to: { path: '^(src|webview)/', pathNot: `^src/${anyOf(allowed)}/` },
      };
    }),
  );
}

function folderOrder() {
  return Object.entries(foldersInside).flatMap(([room, folders]) =>
    folders.slice(0, -1).map((folder, index) => ({
      name: `folder-${room}-${folder}`,
      comment: `src/${room}/${folder} comes before ${folders.slice(index + 1).join(', ')}`,
      severity: 'error',
      from: { path: `^src/${room}/${folder}/` },
      to: { path: `^src/${room}/${anyOf(folders.slice(index + 1))}/` },
    })),
  );
}

function packages() {
  return rooms.map((room) => {
    const allowed = [...packagesEverywhere, ...packagesAllowed[room]];
    return {
      name: `packages-${room}`,
      comment: `packages that src/${room} may use: ${allowed.join(', ')}`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: {
        dependencyTypesNot: ['local', 'core'],
        pathNot: [`(^|node_modules/)${anyOf(allowed)}(/|$)`, '^src/'],
      },
    };
  });
}

function onlyIn(name, packagePath, folder) {
  return {
    name: `${name}-only-in-${folder.replaceAll('/', '-')}`,
    severity: 'error',
    from: { path: '^(src|webview)/', pathNot: `^${folder}/` },
    to: { path: packagePath },
  };
}

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^vscode$' },
    },
    {
      name: 'known-room',
      comment: 'every file of src belongs to a room of the list above',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/${anyOf(rooms)}/` },
      to: {},
    },
    ...rowOrder(),
    ...folderOrder(),
    ...packages(),
    onlyIn('vscode', '(^vscode$|@types/vscode/)', 'src/extension'),
    onlyIn('onnxruntime', 'node_modules/onnxruntime-(node|common)/', 'src/engine/runtime'),
    onlyIn('protobuf', 'node_modules/@bufbuild/protobuf/', 'src/compiler/onnx'),
    {
      name: 'pure-rooms',
      comment: 'no file, process or network in these rooms',
      severity: 'error',
      from: { path: `^src/${anyOf(pureRooms)}/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'views',
      comment: `views share only ${roomsForViews.join(', ')}`,
      severity: 'error',
      from: { path: '^webview/' },
      to: { path: '^src/', pathNot: `^src/${anyOf(roomsForViews)}/` },
    },
    {
      name: 'views-know-no-node',
      severity: 'error',
      from: { path: '^webview/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'toolkit-in-one-file',
      comment: 'the widget toolkit is deprecated: its successor must be a change of one file',
      severity: 'error',
      from: { path: '^webview/', pathNot: '^webview/ui(/toolkit)?\\.ts$' },
      to: { path: 'node_modules/@vscode/webview-ui-toolkit/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.as\\.ts$' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
