import { sql } from '@codemirror/lang-sql';
import { useComputedColorScheme } from '@mantine/core';
import CodeMirror, { EditorView } from '@uiw/react-codemirror';

const extensions = [
  sql(),
  EditorView.lineWrapping,
  EditorView.contentAttributes.of({ 'aria-label': 'SQL of the model' }),
];

/** Sql shows a query, with its words told apart. It is loaded when there is one. */
export default function Sql({ text }: { text: string }) {
  const scheme = useComputedColorScheme('light');
  return (
    <CodeMirror
      value={text}
      readOnly
      theme={scheme}
      extensions={extensions}
      maxHeight="420px"
      basicSetup={{ foldGutter: false, highlightActiveLine: false, highlightActiveLineGutter: false }}
    />
  );
}
