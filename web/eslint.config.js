import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['page', 'node_modules', 'src/api/schema.gen.d.ts'] },
  ...tseslint.configs.strict,
  jsxA11y.flatConfigs.recommended,
  reactHooks.configs.flat.recommended,
  {
    rules: {
      // Colours and spacing come from the theme alone.
      'no-restricted-syntax': [
        'error',
        { selector: 'Literal[value=/^#[0-9a-fA-F]{3,8}$/]', message: 'take a colour of the theme' },
        { selector: 'Literal[value=/^(rgb|hsl)a?\\(/]', message: 'take a colour of the theme' },
        {
          selector:
            'JSXAttribute[name.name=/^(gap|[mp][trblxy]?|spacing|verticalSpacing|horizontalSpacing)$/] > JSXExpressionContainer > Literal[value>0]',
          message: 'take a spacing of the theme',
        },
        { selector: "JSXAttribute[name.name='style']", message: 'use style props of the theme' },
      ],
      // Focus goes where a person asked to be: the first field of a form they opened.
      'jsx-a11y/no-autofocus': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
    },
  },
  { files: ['src/theme.ts'], rules: { 'no-restricted-syntax': 'off' } },
);
