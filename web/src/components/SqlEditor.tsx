import { PostgreSQL, sql } from '@codemirror/lang-sql';
import { Box, useComputedColorScheme } from '@mantine/core';
import CodeMirror, { EditorView, keymap, Prec } from '@uiw/react-codemirror';
import { useMemo } from 'react';

interface Props {
  label: string;
  value: string;
  onChange?: (sql: string) => void;
  /** onRun is called for Ctrl+Enter. */
  onRun?: () => void;
}

/** SqlEditor is an editor with highlighting. The Tab key leaves it, as it leaves every field. */
export default function SqlEditor({ label, value, onChange, onRun }: Props) {
  const scheme = useComputedColorScheme('light');
  const extensions = useMemo(
    () => [
      sql({ dialect: PostgreSQL }),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ 'aria-label': label }),
      Prec.highest(
        keymap.of([
          {
            key: 'Mod-Enter',
            run: () => {
              onRun?.();
              return true;
            },
          },
        ]),
      ),
    ],
    [label, onRun],
  );
  return (
    <Box mt="xs" bd="1px solid var(--mantine-color-default-border)" bdrs="md" className="editor">
      <CodeMirror
        value={value}
        onChange={onChange}
        readOnly={!onChange}
        theme={scheme}
        minHeight="180px"
        maxHeight="420px"
        indentWithTab={false}
        extensions={extensions}
        basicSetup={{ foldGutter: false, highlightActiveLine: false, highlightActiveLineGutter: false }}
      />
    </Box>
  );
}
