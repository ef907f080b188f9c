import { Alert, Button, List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';

import { problemOf } from '../api/client';

/** ProblemAlert says what went wrong and how to mend it. */
export function ProblemAlert({
  error,
  title,
  retry,
}: {
  error: unknown;
  title?: string;
  retry?: () => void;
}) {
  if (!error) return null;
  const p = problemOf(error);
  return (
    <Alert
      color="red"
      role="alert"
      title={title ?? sentence(p.message)}
      icon={<IconAlertTriangle aria-hidden />}
    >
      <Stack gap="xs" align="flex-start">
        {title && <Text size="sm">{sentence(p.message)}</Text>}
        {p.mistakes.length > 0 && (
          <List size="sm">
            {p.mistakes.map((m) => (
              <List.Item key={`${m.line ?? ''} ${m.pointer ?? ''} ${m.key ?? ''} ${m.detail}`}>
                {m.line ? `Line ${m.line}, ` : ''}
                {m.key ? `${m.key}: ` : ''}
                {m.detail}
                {m.mend ? `. ${m.mend}` : ''}
              </List.Item>
            ))}
          </List>
        )}
        {p.mend && <Text size="sm">{p.mend}</Text>}
        {p.code === 'not_found' && !p.mend && (
          <Text size="sm">
            It may have been deleted, or the address is not quite right. Look for it in its list.
          </Text>
        )}
        {retry && (
          <Button size="xs" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** sentence begins with a capital letter, as texts of the server do not. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
