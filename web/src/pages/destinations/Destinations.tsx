import { PageHeader } from '../../components/PageHeader';

export default function Destinations() {
  return <PageHeader title="X accounts" />;
}
