import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { house } from './scripts/lint-rules.js';

/** Forms the house style rules out, and what to write instead. */
const forbidden = {
  enums: { selector: 'TSEnumDeclaration', message: 'no enum: a union of literals, or an object `as const`' },
  exportAll: { selector: 'ExportAllDeclaration', message: 'no `export *`: name what is exported' },
  defaultExport: { selector: 'ExportDefaultDeclaration', message: 'no default export: give it a name' },
  // A constant that implements a declared function type (`export const runProcess: RunProcess = ...`) is fine.
  constantFunction: {
    selector:
      'ExportNamedDeclaration > VariableDeclaration > VariableDeclarator:not([id.typeAnnotation]) > :matches(ArrowFunctionExpression, FunctionExpression).init',
    message: 'an exported function is a declaration: `export function name()`',
  },
  // A private constructor has no other spelling.
  privateKeyword: {
    selector: ':matches(PropertyDefinition, MethodDefinition[kind!="constructor"])[accessibility="private"]',
    message: 'no `private`: write `#name`',
  },
};
const inSources = Object.values(forbidden);
const inConfiguration = inSources.filter((rule) => rule !== forbidden.defaultExport);

const now = 'time comes in by parameter: take a Clock';

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', '**/coverage/', 'data/', '.dependency-cruiser.cjs'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { house },
    rules: {
      'house/max-parameters': 'error',
      'max-lines': ['error', { max: 400 }],
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...inSources],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Numbers and booleans print as one expects.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false, arguments: false, properties: false } }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'only-allowed-literals' }],
      // The reason of an AbortSignal is whatever the one who aborted gave.
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingAny: true, allowThrowingUnknown: true, allowRethrowing: true }],
      // An implementation of an asynchronous contract need not wait for anything.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      // Contracts are written as methods and implemented by plain objects as often as by classes.
      '@typescript-eslint/unbound-method': 'off',
      // It would have us write `!`, which is forbidden.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // `process.env['NAME']` and index signatures read alike.
      '@typescript-eslint/dot-notation': 'off',
      '@typescript-eslint/array-type': 'off',
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/util/**', 'src/cli/**', '**/*.test.ts', '**/*.contract.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: now },
        { object: 'performance', property: 'now', message: now },
        { object: 'Math', property: 'random', message: 'chance comes in by parameter: take a Random' },
      ],
    },
  },
  { files: ['src/cli/**', 'scripts/**', 'bench/**', 'examples/**'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.test.{ts,tsx}', '**/*.contract.ts', 'test/**/*.ts'],
    rules: {
      // A skipped test says why.
      'no-console': 'off',
      // What a response, a row or a line holds is the very thing a test asks; it reads it without ceremony.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
    },
  },
  { files: ['*.config.{js,ts}', 'web/*.config.ts'], rules: { 'no-restricted-syntax': ['error', ...inConfiguration] } },
  {
    files: ['**/*.{js,cjs,mjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  { files: ['web/public/**/*.js'], languageOptions: { globals: { window: 'readonly', document: 'readonly', localStorage: 'readonly' } } },
  {
    files: ['bin/*.js', '**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { require: 'readonly', module: 'readonly', __dirname: 'readonly', __filename: 'readonly' } },
  },
);
