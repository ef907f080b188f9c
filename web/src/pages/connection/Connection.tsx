import { PageHeader } from '../../components/PageHeader';

export default function Connection() {
  return <PageHeader title="Connection" />;
}
