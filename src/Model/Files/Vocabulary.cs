namespace FineWebTorch.Model.Files;

/// <summary>All that a model folder says about tokenization, checked.</summary>
/// <param name="Pieces">What words are split into.</param>
/// <param name="AddedTokens">What is recognised before words are split; none has an id of another.</param>
/// <param name="ContinuationPrefix">What tokens that continue a word begin with: "##" in BERT's vocabularies.</param>
/// <param name="MaxWordLength">Words of more code points, once normalised, become the unknown token.</param>
/// <param name="ClsId">The special token before a text.</param>
/// <param name="SepId">The special token behind a text.</param>
internal sealed record Vocabulary(
    Pieces Pieces,
    IReadOnlyList<AddedToken> AddedTokens,
    NormalizerSettings Normalizer,
    string ContinuationPrefix,
    int MaxWordLength,
    int UnknownId,
    int ClsId,
    int SepId)
{
    /// <summary>One more than the largest id; some smaller ones may have no token.</summary>
    public int Size { get; } = Math.Max(Pieces.Size, AddedTokens.Select(token => token.Id + 1).DefaultIfEmpty().Max());

    private readonly Dictionary<int, string> _added =
        AddedTokens.ToDictionary(token => token.Id, token => token.Content);

    /// <summary>The token of an id, or null where there is none.</summary>
    public string? TokenOf(int id) => _added.GetValueOrDefault(id) ?? Pieces.TokenOf(id);
}

/// <summary>A token that is recognised in the text, wherever it stands, before words are split into pieces.</summary>
/// <param name="StripLeft">White space before the token belongs to it.</param>
/// <param name="StripRight">White space behind the token belongs to it.</param>
/// <param name="SingleWord">Only where no letter, digit, mark or underscore is next to it.</param>
/// <param name="Normalized">It is normalised, and looked for in the normalised text; else in the text as it is.</param>
/// <param name="Special">One of those that stand for no text, such as [SEP]; of two alike it is the one found.</param>
internal sealed record AddedToken(
    string Content, int Id, bool StripLeft = false, bool StripRight = false, bool SingleWord = false,
    bool Normalized = false, bool Special = false);

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

/// <summary>
/// The vocabulary of WordPiece: tokens and ids as a file names them. As in Hugging Face's <c>tokenizers</c>, a token
/// that is there twice has its last id, ids may be missing, and several tokens may share one.
/// </summary>
internal sealed class Pieces
{
    public const int LargestId = (1 << 28) - 1;

    /// <summary>Twice as many as the largest vocabulary of a BERT has.</summary>
    public const int MostTokens = 1 << 20;

    private readonly string _path;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _tokens = [];

    /// <param name="path">The file that errors name.</param>
    /// <param name="tokens">In the file's order; ids from 0 to <see cref="LargestId"/>.</param>
    /// <exception cref="ModelFileException">There are too many.</exception>
    public Pieces(string path, IEnumerable<(string Token, int Id)> tokens)
    {
        _path = path;
        foreach (var (token, id) in tokens)
        {
            _ids[token] = id;
            if (_ids.Count > MostTokens)
                throw TooMany(path);
        }
        foreach (var (token, id) in _ids)
            _tokens[id] = token;
        Size = _tokens.Keys.Select(id => id + 1).DefaultIfEmpty().Max();
    }

    /// <summary>How many tokens there are, however many of them share an id.</summary>
    public int Count => _ids.Count;

    /// <summary>One more than the largest id.</summary>
    public int Size { get; }

    public IEnumerable<KeyValuePair<string, int>> All => _ids;

    public string? TokenOf(int id) => _tokens.GetValueOrDefault(id);

    public int? Find(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    /// <exception cref="ModelFileException">There is no such token.</exception>
    public int IdOf(string token) => Find(token) ?? throw Missing(token);

    /// <summary>Says that a token is missing without which nothing can be tokenized.</summary>
    public ModelFileException Missing(string token) =>
        Wrong($"the vocabulary lacks {Shown(token)}, which texts need; fetch the file again");

    public static ModelFileException TooMany(string path) => new(
        path, $"has more than {MostTokens} tokens, more than the vocabulary of any BERT; fetch the file again");

    /// <summary>Names the file that the vocabulary came from.</summary>
    public ModelFileException Wrong(string problem) => new(_path, problem);

    public static string Shown(string token) => $"\"{(token.Length <= 40 ? token : token[..40] + "…")}\"";
}
