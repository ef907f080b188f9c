import { Text } from '@mantine/core';

import type { Size } from '../api/schema.gen';
import { Lines } from './Chart';
import { highest, least, near, pointsOf, sizesLabel } from './sizes';

/** SizeLine shows the sizes of an audience as X told them, with the mark under which no campaign can use it. */
export function SizeLine({ sizes }: { sizes: Size[] }) {
  const points = pointsOf(sizes);
  if (points.length === 0)
    return (
      <Text size="sm" c="dimmed">
        X has not told a size yet.
      </Text>
    );
  return (
    <Lines
      label={sizesLabel(points)}
      data={points}
      dataKey="at"
      series={[{ name: 'size', label: 'Matched people', color: 'eddy.6' }]}
      curveType="linear"
      withDots={points.length < 60}
      withLegend={false}
      xAxisProps={{ minTickGap: 24 }}
      {...(near(points) && {
        yAxisProps: { domain: [0, highest(points)] },
        referenceLines: [
          {
            y: least,
            label: `Under ${least}: too small to target`,
            color: 'orange.8',
            labelPosition: 'insideTopRight',
          },
        ],
      })}
    />
  );
}
