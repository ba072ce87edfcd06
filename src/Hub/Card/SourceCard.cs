using YamlDotNet.RepresentationModel;

namespace FineWebTorch.Hub;

/// <summary>What a dataset's card says that holds for what is made of the dataset too.</summary>
/// <param name="Licenses">Identifiers of the Hub's list, such as <c>odc-by</c>.</param>
/// <param name="LicenseName">Of a licence that is not on the list.</param>
/// <param name="LicenseLink">Where its text is.</param>
/// <param name="Languages">Codes, such as <c>en</c>.</param>
public sealed record SourceCard(
    IReadOnlyList<string> Licenses, string? LicenseName, string? LicenseLink, IReadOnlyList<string> Languages)
{
    /// <summary>Of a dataset without a card, or one that says nothing of this.</summary>
    public static SourceCard Empty { get; } = new([], null, null, []);

    /// <param name="card">A README.md. One that is broken says nothing: it is not ours to mend.</param>
    public static SourceCard Parse(string card)
    {
        try
        {
            var text = CardText.Parse(card);
            var source = new SourceCard(
                TextsOf(text, "license"), TextOf(text, "license_name"), TextOf(text, "license_link"),
                TextsOf(text, "language"));
            return source is { Licenses.Count: 0, LicenseName: null, LicenseLink: null, Languages.Count: 0 }
                ? Empty
                : source;
        }
        catch (HubCardException)
        {
            return Empty;
        }
    }

    private static string? TextOf(CardText card, string key) => TextsOf(card, key) is [var text, ..] ? text : null;

    /// <summary>One text or a list of texts.</summary>
    private static IReadOnlyList<string> TextsOf(CardText card, string key) => card.Find(key) switch
    {
        YamlScalarNode { Value: { Length: > 0 } text } => [text],
        YamlSequenceNode list => [.. list.OfType<YamlScalarNode>().Select(item => item.Value).OfType<string>()],
        _ => [],
    };
}
