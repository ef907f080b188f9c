import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

export type LinkedKind = 'source' | 'destination' | 'connection' | 'run';

/** ObjectLink leads to the page of a source, destination, connection or run. */
export function ObjectLink({
  kind,
  name,
  children = name,
  label,
}: {
  kind: LinkedKind;
  name: string;
  children?: ReactNode;
  label?: string;
}) {
  const root = (props: object) => {
    switch (kind) {
      case 'source':
        return <Link to="/sources/$name" params={{ name }} {...props} />;
      case 'destination':
        return <Link to="/destinations/$name" params={{ name }} {...props} />;
      case 'connection':
        return <Link to="/connections/$name" params={{ name }} {...props} />;
      case 'run':
        return <Link to="/runs/$id" params={{ id: name }} {...props} />;
    }
  };
  return (
    <Anchor renderRoot={root} inherit aria-label={label}>
      {children}
    </Anchor>
  );
}

/** isLinked says whether a kind of things has pages. */
export function isLinked(kind: string): kind is LinkedKind {
  return ['source', 'destination', 'connection', 'run'].includes(kind);
}
