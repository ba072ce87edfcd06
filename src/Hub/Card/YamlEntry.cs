namespace FineWebTorch.Hub;

/// <summary>A top-level key of a card's front matter with all of its lines as they were written.</summary>
/// <param name="Key">Null for comments and blank lines before the first key.</param>
internal sealed record YamlEntry(string? Key, IReadOnlyList<string> Lines)
{
    /// <summary>What follows the key on its own line, without a comment.</summary>
    public string Inline => Key is null ? ""
        : Lines[0][(Lines[0].IndexOf(':', StringComparison.Ordinal) + 1)..].Split(" #")[0].Trim();

    /// <summary>The items of a block sequence; null where the value is none (another kind, or in brackets).</summary>
    public IReadOnlyList<YamlItem>? Items
    {
        get
        {
            if (Inline.Length > 0)
                return null;
            var content = Lines.Skip(1).ToList();
            var first = content.FirstOrDefault(line => line.Trim().Length > 0 && !line.TrimStart().StartsWith('#'));
            if (first is null || !first.TrimStart().StartsWith('-'))
                return null;
            return YamlItem.Split(content, first.Length - first.TrimStart().Length);
        }
    }
}

/// <summary>An item of a block sequence, with its lines.</summary>
internal sealed record YamlItem(int Indent, IReadOnlyList<string> Lines)
{
    /// <summary>The value of a key of the item, if it is a mapping that has it as a plain or quoted word.</summary>
    public string? ValueOf(string key)
    {
        foreach (var line in Lines)
        {
            var text = line.TrimStart(' ', '-');
            if (text.StartsWith(key + ":", StringComparison.Ordinal))
                return text[(key.Length + 1)..].Split(" #")[0].Trim().Trim('"', '\'');
        }
        return null;
    }

    public static List<YamlItem> Split(List<string> lines, int indent)
    {
        var items = new List<YamlItem>();
        var start = new string(' ', indent) + "-";
        var current = new List<string>();
        foreach (var line in lines)
        {
            if (line.StartsWith(start, StringComparison.Ordinal) && current.Count > 0)
            {
                items.Add(new YamlItem(indent, current));
                current = [];
            }
            current.Add(line);
        }
        if (current.Count > 0)
            items.Add(new YamlItem(indent, current));
        return items;
    }
}
