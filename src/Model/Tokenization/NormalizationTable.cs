using System.Collections.Concurrent;

namespace FineWebTorch.Model.Tokenization;

/// <summary>
/// What every code point becomes under one choice of normaliser settings, in two stages of 256: cleaning, spaces around
/// Chinese characters, canonical decomposition without nonspacing marks, lower case, and where words end.
/// </summary>
internal sealed class NormalizationTable(ushort[] index, Character[] blocks, byte[] payload)
{
    private static readonly ConcurrentDictionary<NormalizerSettings, NormalizationTable> Tables = new();

    /// <summary>
    /// What mapped characters become, as UTF-8. Of a complex one: a count, and for each part its kind (a
    /// <see cref="CharacterKind"/>; dropped: a removed mark that ends a run of combining marks), its combining class,
    /// the length of its UTF-8, and that.
    /// </summary>
    public ReadOnlySpan<byte> Payload => payload;

    /// <summary>Made once per settings and shared.</summary>
    public static NormalizationTable Of(NormalizerSettings settings) =>
        Tables.GetOrAdd(settings, static made => new NormalizationTableBuilder(made, UnicodeTables.Instance).Build());

    public Character this[int codePoint] => blocks[(index[codePoint >> 8] << 8) | (codePoint & 0xFF)];
}
