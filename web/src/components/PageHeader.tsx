import { Breadcrumbs, Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  /** text says in a line what the page is for. */
  text?: ReactNode;
  /** crumbs are links to the pages above. */
  crumbs?: ReactNode[];
  badge?: ReactNode;
  actions?: ReactNode;
}

/** PageHeader is the head of each page, and names the browser's tab. */
export function PageHeader({ title, text, crumbs, badge, actions }: Props) {
  useDocumentTitle(`${title} · Eddy`);
  return (
    <Stack gap="fine" mb="lg">
      {crumbs && (
        <Breadcrumbs fz="sm" className="crumbs">
          {crumbs}
        </Breadcrumbs>
      )}
      <Group justify="space-between" gap="sm">
        <Group gap="sm" miw={0}>
          <Title order={1} fz="h2" textWrap="balance" className="wrapped">
            {title}
          </Title>
          {badge}
        </Group>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {text && (
        <Text c="dimmed" size="sm" maw={720} className="wrapped">
          {text}
        </Text>
      )}
    </Stack>
  );
}
