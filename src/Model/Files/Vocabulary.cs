namespace FineWebTorch.Model.Files;

/// <summary>All that a model folder says about tokenization, checked.</summary>
/// <param name="Tokens">By id, without gaps.</param>
/// <param name="ContinuationPrefix">What tokens that continue a word begin with: "##" in BERT's vocabularies.</param>
/// <param name="MaxWordLength">Words of more code points, once normalised, become the unknown token.</param>
/// <param name="ClsId">The special token before a text.</param>
/// <param name="SepId">The special token behind a text.</param>
internal sealed record Vocabulary(
    IReadOnlyList<string> Tokens,
    IReadOnlyList<AddedToken> AddedTokens,
    NormalizerSettings Normalizer,
    string ContinuationPrefix,
    int MaxWordLength,
    int UnknownId,
    int ClsId,
    int SepId);

/// <summary>A token that is recognised in the raw text, wherever it stands, before anything is normalised.</summary>
/// <param name="StripLeft">
/// White space before the token belongs to it; where a text is split into words, that shows in offsets alone.
/// </param>
/// <param name="StripRight">White space behind the token belongs to it.</param>
internal sealed record AddedToken(string Content, int Id, bool StripLeft = false, bool StripRight = false);

/// <summary>
/// The settings of <c>BertNormalizer</c>, where strip_accents is as lowercase if it is null, and whether
/// <c>BertPreTokenizer</c> splits the normalised text into words.
/// </summary>
internal sealed record NormalizerSettings(
    bool CleanText, bool HandleChineseChars, bool StripAccents, bool Lowercase, bool SplitWords = true)
{
    /// <summary>Leaves every character as it is.</summary>
    public static NormalizerSettings None { get; } = new(false, false, false, false);
}

/// <summary>A checked vocabulary: as many tokens as ids, no gaps.</summary>
internal sealed class TokenIds(string path, IReadOnlyList<string> tokens, IReadOnlyDictionary<string, int> ids)
{
    public IReadOnlyList<string> Tokens => tokens;

    /// <exception cref="ModelFileException">There is no such token.</exception>
    public int IdOf(string token) => ids.TryGetValue(token, out var id)
        ? id
        : throw new ModelFileException(
            path, $"the vocabulary lacks {VocabularyBuilder.Shown(token)}, which texts need; fetch the file again");

    public bool Contains(string token) => ids.ContainsKey(token);
}

/// <summary>Gathers tokens and ids, and refuses a vocabulary in which the two do not match one to one.</summary>
internal sealed class VocabularyBuilder(string path)
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private int _largestId = -1;

    public void Add(string token, int id)
    {
        if (id < 0)
            throw new ModelFileException(
                path, $"token {Shown(token)} has no whole number as its id; fetch the file again");
        if (!_ids.TryAdd(token, id))
            throw new ModelFileException(
                path, $"token {Shown(token)} is there twice, as {_ids[token]} and {id}; fetch the file again");
        _largestId = Math.Max(_largestId, id);
    }

    /// <summary>Adds a token that may be there already, under the same id.</summary>
    public void AddAgain(string token, int id)
    {
        if (!_ids.TryGetValue(token, out var known) || known != id)
            Add(token, id);
    }

    public TokenIds Build()
    {
        var tokens = new string?[Math.Min(_largestId + 1, _ids.Count)];
        foreach (var (token, id) in _ids)
        {
            if (id < tokens.Length && tokens[id] is { } other)
                throw new ModelFileException(
                    path, $"tokens {Shown(other)} and {Shown(token)} share id {id}; fetch the file again");
            if (id < tokens.Length)
                tokens[id] = token;
        }
        var gap = Array.IndexOf(tokens, null);
        if (gap >= 0 || _largestId >= tokens.Length)
            throw new ModelFileException(path, $"no token has id {(gap < 0 ? tokens.Length : gap)}, but ids go up to "
                + $"{_largestId}; fetch the file again");
        return new TokenIds(path, tokens!, _ids);
    }

    public static string Shown(string token) => $"\"{(token.Length <= 40 ? token : token[..40] + "…")}\"";
}
