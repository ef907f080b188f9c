import {
  Alert,
  Badge,
  Button,
  Card,
  createTheme,
  Loader,
  Menu,
  Modal,
  Notification,
  rem,
  Table,
  TableScrollContainer,
  TextInput,
  Tooltip,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core';

// The colour of deep, slowly turning water. Shade 8 on white and shade 4 on dark keep a
// contrast of 4.5 and more.
const eddy: MantineColorsTuple = [
  '#e6f7f8',
  '#d0edef',
  '#a3dbe0',
  '#71c6ce',
  '#48b3bd',
  '#2b9fab',
  '#178d99',
  '#0b7a87',
  '#0b6775',
  '#07525d',
];

export const theme = createTheme({
  primaryColor: 'eddy',
  primaryShade: { light: 8, dark: 7 },
  colors: { eddy },
  autoContrast: true,
  // Finer than the library's: between a word and the one that belongs to it.
  spacing: { hair: rem(2), fine: rem(4), snug: rem(6) },
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650' },
  respectReducedMotion: true,
  components: {
    Alert: Alert.extend({ defaultProps: { variant: 'light' } }),
    Badge: Badge.extend({ defaultProps: { variant: 'light', radius: 'sm', tt: 'none', fw: 600 } }),
    Button: Button.extend({ defaultProps: { size: 'sm' } }),
    Card: Card.extend({ defaultProps: { withBorder: true, padding: 'lg' } }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        overlayProps: { blur: 2 },
        closeButtonProps: { 'aria-label': 'Close' },
      },
      styles: { title: { fontWeight: 650 } },
    }),
    // A label of its own is for nobody without a role.
    Loader: Loader.extend({ defaultProps: { role: 'status' } }),
    // A menu has items and nothing else that can be reached.
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } }),
    // What scrolls sideways can be reached with the keyboard.
    TableScrollContainer: TableScrollContainer.extend({
      defaultProps: { scrollAreaProps: { viewportProps: { tabIndex: 0 } } },
    }),
    Table: Table.extend({ defaultProps: { verticalSpacing: 'sm', highlightOnHover: true } }),
    TextInput: TextInput.extend({ defaultProps: { spellCheck: false } }),
    Tooltip: Tooltip.extend({ defaultProps: { withArrow: true, openDelay: 300 } }),
  },
});

/** variables are where the library's own colours fall short of a contrast of 4.5: dimmed texts, and words on tinted ground. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-7)',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
    '--mantine-color-green-light-color': '#1c672c',
    '--mantine-color-orange-light-color': '#a03505',
    '--mantine-color-red-light-color': '#b01f1f',
    '--mantine-color-blue-light-color': '#155a99',
    '--mantine-color-gray-light-color': 'var(--mantine-color-gray-8)',
  },
  dark: {
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
  },
});
