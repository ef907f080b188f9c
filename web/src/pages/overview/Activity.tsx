import { Card, SimpleGrid, Skeleton, Title } from '@mantine/core';

import { Bars } from '../../charts/Chart';
import { day } from '../../components/times';
import type { Day } from '../../api/schema.gen';

/** Activity shows rows read and requests sent a day. */
export function Activity({ days }: { days: Day[] | null }) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <One id="rows" title="Rows read a day" days={days} series="rows" color="eddy.5" />
      <One id="requests" title="Requests sent a day" days={days} series="requests" color="blue.5" />
    </SimpleGrid>
  );
}

function One({
  id,
  title,
  days,
  series,
  color,
}: {
  id: string;
  title: string;
  days: Day[] | null;
  series: 'rows' | 'requests';
  color: string;
}) {
  return (
    <Card component="section" aria-labelledby={id}>
      <Title order={2} fz="h4" id={id} mb="sm">
        {title}
      </Title>
      {days ? (
        <Bars
          h={180}
          label={`${title} of the last ${days.length} days; today ${days.at(-1)?.[series] ?? 0}.`}
          data={days.map((d) => ({ day: day(d.day), [series]: d[series] }))}
          dataKey="day"
          series={[{ name: series, label: title, color }]}
          withLegend={false}
          xAxisProps={{ minTickGap: 24 }}
        />
      ) : (
        <Skeleton h={180} />
      )}
    </Card>
  );
}
