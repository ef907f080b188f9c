import { Card, Center, Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';

import { Logo } from '../../shell/Logo';

/** Door is the frame of the pages before the log-in. */
export function Door({ title, text, children }: { title: string; text?: ReactNode; children: ReactNode }) {
  useDocumentTitle(`${title} · Eddy`);
  return (
    <Center component="main" mih="100vh" p="md">
      <Card w="100%" maw={420} shadow="sm" padding="xl">
        <Stack>
          <Group gap="sm">
            <Logo size={36} />
            <Title order={1} fz="h3">
              {title}
            </Title>
          </Group>
          {text && (
            <Text size="sm" c="dimmed">
              {text}
            </Text>
          )}
          {children}
        </Stack>
      </Card>
    </Center>
  );
}
