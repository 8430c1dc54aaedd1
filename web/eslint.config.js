import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'
import svelteConfig from './svelte.config.js'

export default ts.config(
  { ignores: ['node_modules', 'src/lib/api-types.ts', 'public'] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig },
    },
  },
  {
    rules: {
      // a name that starts with _ is there for its place
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      // `void x` says that an effect reads x
      '@typescript-eslint/no-unused-expressions': 'off',
      // maps and sets here live inside one computation; state is in runes
      'svelte/prefer-svelte-reactivity': 'off',
      // addresses are made by the page's own router
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
)
