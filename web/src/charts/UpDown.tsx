import { compact, count } from '../components/numbers';
import { Bars } from './Chart';

const unsigned = (n: number) => count(Math.abs(n));

interface Props {
  label: string;
  /** data has removed below zero. */
  data: { at: string; added: number; changed?: number; removed: number }[];
}

/** UpDown shows what came above a line and what went below it. */
export function UpDown({ label, data }: Props) {
  const changed = data.some((d) => d.changed !== undefined);
  return (
    <Bars
      label={label}
      data={data}
      dataKey="at"
      type="stacked"
      barChartProps={{ stackOffset: 'sign' }}
      valueFormatter={unsigned}
      yAxisProps={{ tickFormatter: (n: number) => compact(Math.abs(n)), width: 48, allowDecimals: false }}
      referenceLines={[{ y: 0, color: 'gray.6' }]}
      series={[
        { name: 'added', label: changed ? 'Added' : 'Added or changed', color: 'eddy.5' },
        ...(changed ? [{ name: 'changed', label: 'Changed', color: 'eddy.8' }] : []),
        { name: 'removed', label: 'Removed', color: 'orange.6' },
      ]}
      xAxisProps={{ minTickGap: 24 }}
    />
  );
}
