import { useQuery } from '@tanstack/react-query';

import { meQuery } from '../api/queries';

/** useAccess tells what the person may do. The server refuses the rest in any case. */
export function useAccess(): { edit: boolean; admin: boolean; raw: boolean } {
  const { data: me } = useQuery(meQuery);
  return {
    edit: me?.role === 'editor' || me?.role === 'admin',
    admin: me?.role === 'admin',
    raw: me?.raw_values ?? false,
  };
}
