import jupyter from '@jupyter/eslint-plugin';
import tseslint from 'typescript-eslint';

/** The plugin's recommended rules, each as an error: a warning nobody must mend is noise. */
const asErrors = jupyter.configs.recommended
  .filter(config => !JSON.stringify(config.files ?? '').includes('.json'))
  .map(config => ({
    ...config,
    plugins: { jupyter },
    rules: Object.fromEntries(
      Object.entries(config.rules ?? {}).map(([name, level]) => [
        name,
        level === 'off' ? 'off' : 'error'
      ])
    )
  }));

export default tseslint.config(
  { ignores: ['node_modules/**', 'lib/**', 'src/protocol.ts', '*.js', '*.mjs'] },
  ...tseslint.configs.recommended,
  ...asErrors,
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname }
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // JupyterLab's own way to keep a file's inner parts (and options) under one name.
      '@typescript-eslint/no-namespace': 'off',
      // The sidebar and the status bar show all of this at once: there is nothing to load later.
      'jupyter/prefer-lazy-imports': [
        'error',
        { ignoreImports: ['../*'] }
      ],
      'no-console': 'error',
      'no-restricted-imports': ['error', { patterns: ['../../../*'] }]
    }
  }
);
