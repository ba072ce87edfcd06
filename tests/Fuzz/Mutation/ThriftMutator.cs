using System.Text;

namespace FineWebTorch.Fuzz.Mutation;

/// <summary>Changes a Thrift structure value by value, and now and then as bytes.</summary>
internal sealed class ThriftMutator
{
    private static readonly int[] Types = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0];
    private readonly ByteMutator _bytes = new();

    public byte[] Mutate(byte[] input, byte[] other, Random random)
    {
        if (random.Next(5) == 0 || ThriftTree.TryParse(input) is not { } tree)
            return _bytes.Mutate(input, other, random);
        for (var left = 1 << random.Next(3); left > 0; left--)
        {
            var all = tree.All().ToList();
            Change(all[random.Next(all.Count)], ThriftTree.TryParse(other), random);
        }

        return tree.ToBytes();
    }

    private void Change(ThriftTree value, ThriftTree? lender, Random random)
    {
        if (random.Next(40) == 0)
        {
            value.Type = Types[random.Next(Types.Length)];
            return;
        }

        switch (value.Type)
        {
            case 12 or 9 or 10: ChangeItems(value, lender, random); break;
            case 8: value.Bytes = Text(value.Bytes, random); break;
            case 7: value.Bytes = BitConverter.GetBytes(Interesting.Real(random)); break;
            case 1 or 2: value.Type = 3 - value.Type; break;
            default: value.Number = Number(value.Number, random); break;
        }
    }

    private byte[] Text(byte[] old, Random random) => random.Next(2) == 0
        ? Encoding.UTF8.GetBytes(Interesting.Text(random))
        : _bytes.Mutate(old, [], random);

    private static long Number(long old, Random random) =>
        random.Next(3) == 0 ? old + random.Next(-2, 3) : Interesting.Number(random);

    private void ChangeItems(ThriftTree value, ThriftTree? lender, Random random)
    {
        if (value.Type != 12 && random.Next(8) == 0)
        {
            // A list that says it has more than it has, or less.
            value.Number = Interesting.Number(random) & 0xfffff;
            return;
        }

        if (value.Items.Count == 0)
            return;
        var at = random.Next(value.Items.Count);
        var (id, item) = value.Items[at];
        switch (random.Next(5))
        {
            case 0: value.Items.RemoveAt(at); break;
            case 1: value.Items.Insert(at, (id, item)); break;
            case 2: value.Items[at] = ((int)(id + random.Next(-1, 2)), item); break;
            case 3 when lender is not null:
                var lent = lender.All().ToList();
                value.Items[at] = (id, lent[random.Next(lent.Count)]);
                break;
            default: Change(item, lender, random); break;
        }
    }
}
