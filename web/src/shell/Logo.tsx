import { Image } from '@mantine/core';

export function Logo({ size }: { size: number }) {
  return <Image src="/eddy.svg" w={size} h={size} alt="" />;
}
