import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const topLevelArrow = 'VariableDeclaration > VariableDeclarator > ArrowFunctionExpression';
const houseRules = [
  { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
  {
    selector: `:matches(Program, Program > ExportNamedDeclaration) > ${topLevelArrow}`,
    message: 'Write top-level functions with `function`.',
  },
  { selector: 'TSInterfaceDeclaration[id.name=/^I[A-Z]/]', message: 'No `I` prefix.' },
];

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      'dist',
      'coverage',
      'shots',
      'example-workspace',
      '.vscode-test',
      '.test-results',
      '**/generated/**',
      '**/*_pb.ts',
      '**/*.as.ts',
      'test/**/fixtures/**',
    ],
  },
  // Exceptions belong here, where everyone sees them, never in a comment beside the code.
  { linterOptions: { noInlineConfig: true } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'no-restricted-syntax': ['error', ...houseRules],
      eqeqeq: 'error',
      'no-undef': 'off',
      // Numeric loops index typed arrays inside bounds they have just computed.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        performance: 'readonly',
        setInterval: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        exports: 'readonly',
        module: 'writable',
        require: 'readonly',
        __dirname: 'readonly',
      },
    },
  },
);
