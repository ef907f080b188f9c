import { Anchor, Group, Loader, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { foundAudiencesQuery } from '../../api/modelQueries';
import { healthQuery } from '../../api/queries';
import { named } from './audienceName';

interface Props {
  destination: string;
  name: string;
  /** take chooses the audience that has the name already. */
  take: (id: string) => void;
}

/** NameCheck asks X whether an account has an audience of a name already, while one writes it. */
export function NameCheck({ destination, name, take }: Props) {
  const [settled] = useDebouncedValue(name.trim(), 400);
  const { data: health } = useQuery(healthQuery);
  const found = useQuery({ ...foundAudiencesQuery(destination, settled), enabled: settled !== '' });
  if (!settled) return null;
  if (settled !== name.trim() || found.isPending || found.isPlaceholderData)
    return (
      <Group gap="xs" role="status">
        <Loader size="xs" aria-hidden />
        <Text size="sm">Asking X whether the name is free…</Text>
      </Group>
    );
  if (found.error)
    return (
      <Text size="sm" c="dimmed" role="status">
        X could not be asked whether the name is free: {found.error.message}. The first run asks again.
      </Text>
    );
  const same = named(found.data.items, settled);
  if (same) {
    const feeder = health?.connections.find((c) => c.audience_id.toLowerCase() === same.id.toLowerCase());
    return (
      <Text size="sm" c="var(--mantine-color-error)" role="alert">
        The account has an audience of this name already
        {feeder ? (
          `, which ${feeder.connection} feeds. Write another name.`
        ) : (
          <>
            . Write another name, or{' '}
            <Anchor component="button" type="button" size="sm" onClick={() => take(same.id)}>
              feed that audience
            </Anchor>
            .
          </>
        )}
      </Text>
    );
  }
  return (
    <Group gap="xs" role="status" wrap="nowrap" align="flex-start">
      <IconCircleCheck size={18} aria-hidden />
      <Text size="sm">
        No audience of the account has this name. X refuses that of a deleted one as well.
      </Text>
    </Group>
  );
}
