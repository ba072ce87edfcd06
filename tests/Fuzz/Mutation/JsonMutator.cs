using System.Globalization;
using System.Text.Json;

namespace FineWebTorch.Fuzz.Mutation;

/// <summary>Changes JSON as a tree, and now and then as bytes.</summary>
/// <param name="words">That mean something to the reader, as keys or as texts, with blanks between them.</param>
internal sealed class JsonMutator(string words)
{
    private readonly string[] _words = words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private readonly ByteMutator _bytes = new(
        "{", "}", "[[[[[[[[", "\"", "\\ud800", ",", ":", "null", "\\u0000", "1e999", "\n");

    public byte[] Mutate(byte[] input, byte[] other, Random random)
    {
        if (random.Next(5) == 0 || JsonTree.TryParse(input) is not { Items: not null } tree)
            return _bytes.Mutate(input, other, random);
        for (var left = 1 << random.Next(3); left > 0; left--)
            Change(tree, JsonTree.TryParse(other), random);
        return tree.ToBytes();
    }

    private void Change(JsonTree tree, JsonTree? lender, Random random)
    {
        var containers = tree.Containers().ToList();
        var parent = containers[random.Next(containers.Count)];
        var items = parent.Items!;
        var at = random.Next(items.Count + 1);
        if (at == items.Count)
        {
            items.Add((parent.Key(Key(random)), Value(lender, random)));
            return;
        }

        var (key, value) = items[at];
        switch (random.Next(7))
        {
            case 0: items.RemoveAt(at); break;
            case 1: items.Insert(at, (key, value)); break;
            case 2: items[at] = (parent.Key(Key(random)), value); break;
            case 3: items.Insert(random.Next(items.Count), (parent.Key(Key(random)), Value(lender, random))); break;
            case 4 when value.Raw is { } raw: items[at] = (key, JsonTree.Of(Near(raw, random))); break;
            default: items[at] = (key, Value(lender, random)); break;
        }
    }

    private string Key(Random random) => JsonSerializer.Serialize(
        _words.Length > 0 && random.Next(3) > 0 ? _words[random.Next(_words.Length)] : Interesting.Text(random));

    private JsonTree Value(JsonTree? lender, Random random)
    {
        if (lender is not null && random.Next(4) == 0)
        {
            var lent = lender.Containers().ToList();
            return lent.Count > 0 ? lent[random.Next(lent.Count)] : lender;
        }

        return JsonTree.Of(random.Next(9) switch
        {
            0 => "null",
            1 => random.Next(2) == 0 ? "true" : "false",
            2 => "{}",
            3 => "[]",
            4 => Nested(1 << random.Next(12)),
            5 => Interesting.Number(random).ToString(CultureInfo.InvariantCulture),
            6 => Number(random),
            7 => random.Next(2) == 0 ? "\"\\ud800\"" : "\"\\udc00x\"",
            _ => Key(random),
        });
    }

    private static string Near(string raw, Random random) =>
        long.TryParse(raw, CultureInfo.InvariantCulture, out var number)
            ? (number + random.Next(-2, 3)).ToString(CultureInfo.InvariantCulture)
            : raw.StartsWith('"') ? raw.Insert(random.Next(1, raw.Length), "x") : "null";

    private static string Number(Random random) =>
        random.Next(3) == 0 ? new string('9', 1 << random.Next(10)) : random.Next(2) == 0 ? "1e400" : "-0.5";

    private static string Nested(int depth) => new string('[', depth) + new string(']', depth);
}
