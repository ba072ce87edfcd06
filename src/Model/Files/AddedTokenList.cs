namespace FineWebTorch.Model.Files;

/// <summary>
/// Gathers added tokens as <c>tokenizers</c>' add_tokens does: one whose content is known already keeps its id and gets
/// the new settings, a piece of the vocabulary keeps its id too, any other gets the next id, whatever the file says.
/// </summary>
internal sealed class AddedTokenList(Pieces pieces)
{
    /// <summary>Hundreds are many.</summary>
    private const int MostTokens = 1 << 16;

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, AddedToken> _tokens = [];

    /// <summary>In the order in which a matcher prefers them where several are alike once normalised.</summary>
    public IReadOnlyList<AddedToken> Tokens =>
        [.. _tokens.Values.Where(token => token.Special), .. _tokens.Values.Where(token => !token.Special)];

    /// <param name="tokens">Their ids count for nothing.</param>
    /// <exception cref="ModelFileException">There are too many.</exception>
    public void AddAll(IEnumerable<AddedToken> tokens)
    {
        var next = _tokens.Keys.Select(id => id + 1).Append(pieces.Count).Max();
        foreach (var token in tokens.Where(token => token.Content.Length > 0))
        {
            var id = Find(token.Content) ?? next++;
            _ids[token.Content] = id;
            // Where two share an id, the later one alone is looked for.
            _tokens[id] = token with { Id = id };
            if (_tokens.Count > MostTokens)
                throw pieces.Wrong($"has more than {MostTokens} added tokens; fetch the file again");
        }
    }

    /// <summary>The id of an added token or of a piece.</summary>
    public int? Find(string content) => _ids.TryGetValue(content, out var id) ? id : pieces.Find(content);

    /// <exception cref="ModelFileException">There is no such token.</exception>
    public int IdOf(string content) => Find(content) ?? throw pieces.Missing(content);

    /// <summary>Reads what tokenizer files say of an added token.</summary>
    public static AddedToken Read(JsonSection token)
    {
        var special = token.Flag("special") ?? false;
        return new AddedToken(
            token.Required("content", token.Text("content")),
            Id: 0,
            token.Flag("lstrip") ?? false,
            token.Flag("rstrip") ?? false,
            token.Flag("single_word") ?? false,
            token.Flag("normalized") ?? false,
            special);
    }
}
