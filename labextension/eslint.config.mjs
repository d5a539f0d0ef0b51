import jupyter from '@jupyter/eslint-plugin';
import plugin from '@typescript-eslint/eslint-plugin';
import parser from '@typescript-eslint/parser';

export default [
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    ignores: ['src/types.ts'],
    languageOptions: { parser, parserOptions: { project: './tsconfig.lint.json', tsconfigRootDir: import.meta.dirname } },
    plugins: { '@typescript-eslint': plugin, jupyter },
    rules: {
      ...plugin.configs['recommended-type-checked'].rules,
      ...(jupyter.configs?.recommended?.rules ?? {}),
      '@typescript-eslint/no-namespace': 'off',
      // signals take the object to call a method on as their second argument
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/explicit-function-return-type': ['error', { allowExpressions: true }],
      eqeqeq: 'error'
    }
  }
];
