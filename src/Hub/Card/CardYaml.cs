using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;

namespace FineWebTorch.Hub;

/// <summary>
/// The YAML that this program adds to a card, written by YamlDotNet. Strings are quoted wherever a reader, be its rules
/// those of YAML 1.1 or 1.2, could take them for something else.
/// </summary>
internal static partial class CardYaml
{
    private static readonly ISerializer Writer = new SerializerBuilder().WithNewLine("\n").Build();

    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf",
    };

    public static IReadOnlyList<string> Write(YamlNode node) => Writer.Serialize(node).TrimEnd('\n').Split('\n');

    public static YamlScalarNode Text(string text) =>
        new(text) { Style = IsPlain(text) ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted };

    public static YamlScalarNode Number(long number) => new(number.ToString(CultureInfo.InvariantCulture));

    public static YamlSequenceNode List(IEnumerable<string> items) => new(items.Select(Text));

    /// <param name="items">At least one.</param>
    public static YamlNode OneOrList(IReadOnlyList<string> items) => items is [var only] ? Text(only) : List(items);

    /// <summary>As <c>datasets</c> writes them into cards.</summary>
    public static YamlSequenceNode Features(IEnumerable<CardFeature> features) => new(features.Select(feature =>
    {
        var node = new YamlMappingNode("name", Text(feature.Name));
        Add(node, feature.Type);
        return node;
    }));

    private static void Add(YamlMappingNode node, CardFeatureType type)
    {
        switch (type)
        {
            case CardFeatureType.Value value:
                node.Add("dtype", Text(value.Dtype));
                break;
            case CardFeatureType.List { Item: CardFeatureType.Value value }:
                node.Add("list", Text(value.Dtype));
                break;
            case CardFeatureType.List { Item: CardFeatureType.Struct fields }:
                node.Add("list", Features(fields.Fields));
                break;
            case CardFeatureType.List list:
                var item = new YamlMappingNode();
                Add(item, list.Item);
                node.Add("list", item);
                break;
            case CardFeatureType.Struct fields:
                node.Add("struct", Features(fields.Fields));
                break;
        }
    }

    /// <summary>Where nobody can doubt it: a word that is no number, date, keyword or indicator.</summary>
    private static bool IsPlain(string text) => Plain().IsMatch(text) && !Words.Contains(text) &&
        !text.Contains(": ", StringComparison.Ordinal) && !text.Contains(" #", StringComparison.Ordinal);

    /// <summary>
    /// Begins with a letter or an underscore, ends with no blank or colon, holds no indicator that matters inside.
    /// </summary>
    [GeneratedRegex(@"^[A-Za-z_]([A-Za-z0-9 _.,/@+*<>()=;:-]*[A-Za-z0-9_./*)>=+-])?\z")]
    private static partial Regex Plain();
}
