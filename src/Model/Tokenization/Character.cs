namespace FineWebTorch.Model.Tokenization;

/// <summary>
/// One code point's part in a text, packed into 32 bits: kind (3), UTF-8 length (4) and count of code points (2) of
/// what it becomes, and where that lies in <see cref="NormalizationTable.Payload"/> (23).
/// </summary>
internal readonly record struct Character(uint Bits)
{
    public const int MaxLength = 15;
    public const int MaxCodePoints = 3;

    public Character(CharacterKind kind, int offset = 0, int length = 0, int codePoints = 0)
        : this((uint)kind | ((uint)length << 3) | ((uint)codePoints << 7) | ((uint)offset << 9))
    {
    }

    public CharacterKind Kind => (CharacterKind)(Bits & 7);

    public int Length => (int)(Bits >> 3) & 15;

    public int CodePoints => (int)(Bits >> 7) & 3;

    public int Offset => (int)(Bits >> 9);
}
