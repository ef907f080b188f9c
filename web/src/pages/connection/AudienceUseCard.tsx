import { Badge, Card, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import type { AudienceUse } from '../../api/schema.gen';
import { audienceUseQuery } from '../../api/watch';
import { ownership, usedBy } from '../../components/audienceUse';
import { ProblemAlert } from '../../components/ProblemAlert';

/** AudienceUseCard tells which campaigns and accounts go by an audience. */
export function AudienceUseCard({ destination, id }: { destination: string; id: string }) {
  const use = useQuery(audienceUseQuery(destination, id));
  return (
    <Card component="section" aria-labelledby="use">
      <Title order={2} fz="h4" id="use" mb="xs">
        Who goes by it
      </Title>
      <ProblemAlert error={use.error} retry={() => void use.refetch()} />
      {use.isPending && <Skeleton h={60} />}
      {use.data && <Told use={use.data} />}
    </Card>
  );
}

function Told({ use }: { use: AudienceUse }) {
  return (
    <Stack gap="sm">
      <Text size="sm" className="wrapped">
        {usedBy(use) ? `${usedBy(use)}.` : 'No campaign of this account uses it, as X tells.'}{' '}
        {ownership(use)}
      </Text>
      {use.campaigns.map((c) => (
        <Stack key={c.id} gap="hair">
          <Text size="sm" fw={600} className="wrapped">
            {c.name || c.id}
          </Text>
          {c.line_items.map((l) => (
            <Group key={l.id} gap="xs">
              <Text size="sm" className="wrapped">
                {l.name || l.id}
              </Text>
              <Badge size="sm" color={l.servable ? 'green' : 'gray'}>
                {l.servable ? 'Can be shown' : 'Not shown now'}
              </Badge>
            </Group>
          ))}
        </Stack>
      ))}
    </Stack>
  );
}
