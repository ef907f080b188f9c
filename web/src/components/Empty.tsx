import { Card, Group, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import type { Icon as TablerIcon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

/** Empty stands where a list will be one day: what would be in it, and how to begin. */
export function Empty({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon: TablerIcon;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Card py="xl">
      <Stack align="center" gap="sm" maw={520} mx="auto">
        <ThemeIcon size={48} radius="xl" variant="light" aria-hidden>
          <Icon size={26} stroke={1.5} />
        </ThemeIcon>
        <Title order={2} fz="h4" ta="center">
          {title}
        </Title>
        <Text c="dimmed" ta="center" component="div">
          {children}
        </Text>
        {action && <Group>{action}</Group>}
      </Stack>
    </Card>
  );
}
