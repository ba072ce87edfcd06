using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace FineWebTorch.Hub;

/// <summary>A card on the Hub that cannot be brought up to date without harming it.</summary>
public sealed class HubCardException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>
/// A README.md, taken apart no further than needed to change some top-level keys of its front matter. YamlDotNet says
/// where each key and each item of a list stands; the lines of all others stay as they are, comments and order
/// included, which no YAML writer would keep.
/// </summary>
internal sealed partial class CardText
{
    private readonly List<string> _lines;
    private YamlMappingNode _root;

    private CardText(List<string> lines, string body)
    {
        _lines = lines;
        _root = Read(lines);
        Body = body;
    }

    /// <summary>Everything after the front matter.</summary>
    public string Body { get; set; }

    /// <exception cref="HubCardException">The front matter has no end, or is not YAML.</exception>
    public static CardText Parse(string? text)
    {
        var card = (text ?? "").TrimStart('\uFEFF').Replace("\r\n", "\n", StringComparison.Ordinal);
        if (card != "---" && !card.StartsWith("---\n", StringComparison.Ordinal))
            return new CardText([], card);
        var end = End().Match(card, 3);
        if (!end.Success)
            throw new HubCardException(
                "the front matter of README.md has no closing '---'; put it right on the Hub and try again");
        var yaml = card[Math.Min(4, end.Index + 1)..(end.Index + 1)].Trim('\n');
        return new CardText(yaml.Length == 0 ? [] : [.. yaml.Split('\n')], card[(end.Index + end.Length)..]);
    }

    /// <summary>The value of a top-level key; null where it has none.</summary>
    public YamlNode? Find(string key) =>
        _root.Children.TryGetValue(key, out var value) && value is not YamlScalarNode { Value: "" } ? value : null;

    /// <summary>Replaces a key with its value, or adds it at the end.</summary>
    public void Set(string key, YamlNode value)
    {
        var (start, end) = LinesOf(key);
        Replace(start, end, CardYaml.Write(new YamlMappingNode(key, value)));
    }

    /// <summary>
    /// Replaces the item of one configuration in a block list, or adds it; the other items stay as they were.
    /// </summary>
    /// <param name="item">With a <c>config_name</c>.</param>
    /// <exception cref="HubCardException">The list is written in another form.</exception>
    public void SetItem(string key, string configName, YamlMappingNode item)
    {
        if (Find(key) is not YamlSequenceNode { Style: SequenceStyle.Block, Children.Count: > 0 } list ||
            list.Any(one => one is not YamlMappingNode))
            throw new HubCardException(
                $"README.md writes '{key}' in a form that this program does not change; " +
                "write it as a list of '- config_name: …'");
        var starts = list.Select(one => LineOfDash((int)one.Start.Line - 1)).ToList();
        var index = list.Children.ToList().FindIndex(one => ConfigName(one) == configName);
        var last = LinesOf(key).End;
        var (start, end) = index < 0 ? (last, last)
            : (starts[index], EndOf(starts[index], index + 1 < starts.Count ? starts[index + 1] : last));
        var indent = _lines[starts[0]][.._lines[starts[0]].IndexOf('-', StringComparison.Ordinal)];
        Replace(start, end, CardYaml.Write(new YamlSequenceNode(item)).Select(line => indent + line));
    }

    /// <summary>Of an item of <c>configs</c> or <c>dataset_info</c>.</summary>
    public static string ConfigName(YamlNode item) =>
        item is YamlMappingNode map && map.Children.TryGetValue("config_name", out var name) &&
        name is YamlScalarNode { Value: { } text } ? text : "default";

    public override string ToString() => string.Join('\n', ["---", .. _lines, "---"]) + "\n" + Body;

    private static YamlMappingNode Read(List<string> lines)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(string.Join('\n', lines)));
            return yaml.Documents switch
            {
                [] => [],
                [{ RootNode: YamlMappingNode { Style: not MappingStyle.Flow } root }] => root,
                _ => throw new HubCardException(
                    "the front matter of README.md is no list of 'key: value'; put it right on the Hub and try again"),
            };
        }
        catch (YamlException broken)
        {
            throw new HubCardException(
                $"the front matter of README.md is not valid YAML (line {broken.Start.Line + 1}: {broken.Message}); " +
                "put it right on the Hub and try again", broken);
        }
        catch (Exception broken) when (broken is ArgumentException or InvalidOperationException)
        {
            // So the library answers what it has not foreseen, and that says nothing to anybody.
            throw new HubCardException(
                "the front matter of README.md is not valid YAML; put it right on the Hub and try again", broken);
        }
    }

    /// <summary>From a key's own line to the end of its value; both the end of the text where there is no such key.
    /// </summary>
    private (int Start, int End) LinesOf(string key)
    {
        var keys = _root.Children.Keys.ToList();
        var index = keys.FindIndex(one => one is YamlScalarNode scalar && scalar.Value == key);
        if (index < 0)
            return (_lines.Count, _lines.Count);
        var start = (int)keys[index].Start.Line - 1;
        return (start, EndOf(start, index + 1 < keys.Count ? (int)keys[index + 1].Start.Line - 1 : _lines.Count));
    }

    /// <summary>Comments and blank lines before what comes next belong to that.</summary>
    private int EndOf(int start, int next)
    {
        while (next > start + 1 && (_lines[next - 1].Trim().Length == 0 || _lines[next - 1].TrimStart()[0] == '#'))
            next--;
        return next;
    }

    /// <summary>An item's content may begin below its dash.</summary>
    private int LineOfDash(int line)
    {
        while (!_lines[line].TrimStart().StartsWith('-'))
            line--;
        return line;
    }

    /// <summary>The new text is read again, so that what is published is YAML.</summary>
    private void Replace(int start, int end, IEnumerable<string> lines)
    {
        _lines.RemoveRange(start, end - start);
        _lines.InsertRange(start, lines);
        _root = Read(_lines);
    }

    [GeneratedRegex(@"\n---[ \t]*(?:\n|\z)")]
    private static partial Regex End();
}
