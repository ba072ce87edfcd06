namespace FineWebTorch.Model.Tokenization;

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
