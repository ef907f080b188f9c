import {
  Alert,
  Badge,
  Button,
  Card,
  createTheme,
  Modal,
  Table,
  TextInput,
  Tooltip,
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
    Modal: Modal.extend({ defaultProps: { centered: true, overlayProps: { blur: 2 } } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: 'sm', highlightOnHover: true } }),
    TextInput: TextInput.extend({ defaultProps: { spellCheck: false } }),
    Tooltip: Tooltip.extend({ defaultProps: { withArrow: true, openDelay: 300 } }),
  },
});
