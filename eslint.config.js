'use strict';

const js = require('@eslint/js');
const globals = require('globals');

module.exports = [
  {
    ignores: ['**/build/', 'coverage/', 'prebuilds/', 'bench/results/', 'dist/later/'],
  },
  js.configs.recommended,
  {
    files: ['**/*.js', '**/*.cjs'],
    languageOptions: { ecmaVersion: 2024, sourceType: 'commonjs', globals: globals.node },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { ecmaVersion: 2024, sourceType: 'module', globals: globals.node },
  },
  {
    // The page that bufalloc/inspect serves: what a browser runs, as it is.
    files: ['lib/insight/page/static/*.js'],
    languageOptions: { sourceType: 'module', globals: globals.browser },
  },
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-else-return': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      strict: ['error', 'global'],
    },
  },
  {
    files: ['test/**/*.js'],
    // `gc` is there because the suite runs with --expose-gc.
    languageOptions: { globals: { ...globals.mocha, gc: 'readonly' } },
  },
  {
    // What it has the browser evaluate.
    files: ['test/page.test.js', 'tools/pictures.js'],
    languageOptions: { globals: { ...globals.browser } },
  },
];
