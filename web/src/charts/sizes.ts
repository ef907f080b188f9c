import type { Size } from '../api/schema.gen';
import { plural } from '../components/numbers';
import { time } from '../components/times';

/** least is how many active people X needs before campaigns can use an audience. */
export const least = 100;

/** Point is the size of an audience at a time. */
export interface Point {
  at: string;
  size: number;
}

/** pointsOf are the sizes that X told, oldest first. */
export function pointsOf(sizes: Size[]): Point[] {
  return sizes.flatMap((s) => (s.size === null ? [] : [{ at: time(s.at), size: s.size }])).reverse();
}

/** near says that a chart of these sizes shows where X's least size is. */
export function near(points: Point[]): boolean {
  return points.some((p) => p.size < 10 * least);
}

/** highest is the upper end of such a chart, so that the mark is inside. */
export function highest(points: Point[]): number {
  return Math.max(1.2 * least, ...points.map((p) => p.size));
}

/** sizesLabel says in a sentence what the chart shows. */
export function sizesLabel(points: Point[]): string {
  const small = points.filter((p) => p.size < least).length;
  const tail = small > 0 ? ` At ${plural(small, 'time')} it was too small to target, under ${least}.` : '';
  return `Size of the audience at ${plural(points.length, 'time')}; the newest is ${points.at(-1)?.size ?? 0}.${tail}`;
}
