namespace FineWebTorch.Model.Tokenization;

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
