import { Alert, Button, Card, Group, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconClock, IconRefresh } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';

import type { Size } from '../../api/schema.gen';
import { askSize } from '../../api/watch';
import { useAccess } from '../../components/access';
import { Ago } from '../../components/Ago';
import { Figure } from '../../components/Figure';
import { count } from '../../components/numbers';
import { ProblemAlert } from '../../components/ProblemAlert';
import { verdict, type Verdict } from './audience';

const signs: Record<Verdict['state'], { color: string; icon: typeof IconClock }> = {
  targetable: { color: 'green', icon: IconCircleCheck },
  processing: { color: 'blue', icon: IconClock },
  small: { color: 'orange', icon: IconAlertTriangle },
  unknown: { color: 'gray', icon: IconClock },
};

interface Props {
  /** name is the connection's, title the audience's. */
  name: string;
  title: string;
  id: string;
  newest: Size | undefined;
  held: string;
  pending: boolean;
}

/** AudienceState shows what X said of an audience last, beside what Eddy holds in it, and asks X anew. */
export function AudienceState({ name, title, id, newest, held, pending }: Props) {
  const { edit } = useAccess();
  const queries = useQueryClient();
  const ask = useMutation({
    mutationFn: () => askSize(name),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['connections', name, 'sizes'] }),
        queries.invalidateQueries({ queryKey: ['health'] }),
        queries.invalidateQueries({ queryKey: ['audience-use'] }),
      ]),
  });
  const v = verdict(newest);
  const sign = signs[v.state];
  return (
    <Card component="section" aria-labelledby="size">
      <Stack>
        <Group justify="space-between" gap="xs">
          <Title order={2} fz="h4" id="size" className="wrapped">
            {title}
          </Title>
          {edit && (
            <Button
              variant="default"
              size="xs"
              leftSection={<IconRefresh size={16} aria-hidden />}
              disabled={!id}
              loading={ask.isPending}
              onClick={() => ask.mutate()}
            >
              Ask X now
            </Button>
          )}
        </Group>
        <ProblemAlert error={ask.error} />
        {pending ? (
          <Skeleton h={80} />
        ) : (
          <>
            <SimpleGrid cols={{ base: 2, sm: 4 }}>
              <Figure
                label="Matched people"
                value={newest && newest.size !== null ? count(newest.size) : 'not known yet'}
              />
              <Figure label="Records held by Eddy" value={held} />
              <Figure label="Asked X" value={<Ago at={newest?.at} />} />
              <Figure label="Id at X" value={id || 'after the first run'} />
            </SimpleGrid>
            <Alert color={sign.color} icon={<sign.icon aria-hidden />} title={v.title}>
              <Text size="sm">{v.text}</Text>
            </Alert>
          </>
        )}
      </Stack>
    </Card>
  );
}
