import { Button, FileButton, Paper, Stack, Text } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';

interface Props {
  /** accept is which files are offered, and button what the button says. */
  accept: string;
  button: string;
  busy: boolean;
  take: (file: File) => void;
}

/** FileDrop takes a file, by drop or by choice. */
export function FileDrop({ accept, button, busy, take }: Props) {
  const one = (file: File | null | undefined) => {
    if (file && !busy) take(file);
  };
  return (
    <Paper
      withBorder
      p="lg"
      aria-label="Drop a file here"
      role="group"
      onDragOver={(e) => e.preventDefault()}
      onDrop={(e) => {
        e.preventDefault();
        one(e.dataTransfer.files[0]);
      }}
    >
      <Stack align="center" gap="xs">
        <Text size="sm">Drop a file here, or</Text>
        <FileButton accept={accept} onChange={one}>
          {(props) => (
            <Button
              {...props}
              variant="default"
              loading={busy}
              leftSection={<IconFileUpload size={16} aria-hidden />}
            >
              {button}
            </Button>
          )}
        </FileButton>
      </Stack>
    </Paper>
  );
}
