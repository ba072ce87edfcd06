using System.Text.RegularExpressions;

namespace FineWebTorch.Hub;

/// <summary>
/// A card taken apart no further than needed to change some top-level keys of its front matter: everything else stays
/// as it is, to the byte.
/// </summary>
internal sealed partial class CardText
{
    private readonly List<YamlEntry> _entries;

    private CardText(List<YamlEntry> entries, string body)
    {
        _entries = entries;
        Body = body;
    }

    /// <summary>Everything after the front matter.</summary>
    public string Body { get; set; }

    /// <exception cref="HubCardException">The front matter has no end.</exception>
    public static CardText Parse(string? text)
    {
        var lines = (text ?? "").TrimStart('\uFEFF').Replace("\r\n", "\n", StringComparison.Ordinal);
        if (lines != "---" && !lines.StartsWith("---\n", StringComparison.Ordinal))
            return new CardText([], lines);
        var end = End().Match(lines, 3);
        if (!end.Success)
            throw new HubCardException(
                "the front matter of README.md has no closing '---'; put it right on the Hub and try again");
        return new CardText(
            Split(lines[Math.Min(4, end.Index + 1)..(end.Index + 1)]), lines[(end.Index + end.Length)..]);
    }

    public YamlEntry? Find(string key) => _entries.Find(entry => entry.Key == key);

    /// <summary>Replaces a key's lines, or adds them at the end.</summary>
    public void Set(string key, IEnumerable<string> lines)
    {
        var entry = new YamlEntry(key, [.. lines]);
        var index = _entries.FindIndex(one => one.Key == key);
        if (index < 0)
            _entries.Add(entry);
        else
            _entries[index] = entry;
    }

    public override string ToString() =>
        string.Join('\n', ["---", .. _entries.SelectMany(entry => entry.Lines), "---"]) + "\n" + Body;

    private static List<YamlEntry> Split(string yaml)
    {
        var entries = new List<YamlEntry>();
        string? key = null;
        var lines = new List<string>();
        foreach (var line in yaml.TrimEnd('\n').Split('\n'))
        {
            if (Key().Match(line) is { Success: true } match)
            {
                if (lines.Count > 0)
                    entries.Add(new YamlEntry(key, lines));
                (key, lines) = (match.Groups[1].Value.Trim('"', '\''), []);
            }
            if (line.Length > 0 || key is not null)
                lines.Add(line);
        }
        if (lines.Count > 0)
            entries.Add(new YamlEntry(key, lines));
        return entries;
    }

    /// <summary>A key in the first column; quoted keys are in use too.</summary>
    [GeneratedRegex(@"^([A-Za-z_][\w-]*|""[^""]+""|'[^']+')\s*:(?:\s|$)")]
    private static partial Regex Key();

    [GeneratedRegex(@"\n---[ \t]*(?:\n|\z)")]
    private static partial Regex End();
}
