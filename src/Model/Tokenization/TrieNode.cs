namespace FineWebTorch.Model.Tokenization;

/// <summary>
/// A slot of a double array, in 8 bytes: the child of a node by byte b, if there is one, lies at Base + b and is
/// labelled b. No two nodes with children have the same base, so a label need not say whose child it marks.
/// </summary>
/// <param name="Place">The base (upper bits) and the slot's own label (9 bits), or <see cref="Free"/> for none.</param>
/// <param name="Id">The token that ends here, or -1.</param>
internal readonly record struct TrieNode(int Place, int Id)
{
    /// <summary>The label of roots and of slots not taken.</summary>
    public const int Free = 256;

    public const int LargestBase = (1 << 22) - 1;

    private const int LabelBits = 9;

    public TrieNode(int @base, int label, int id) : this((@base << LabelBits) | label, id)
    {
    }

    public int Base => Place >> LabelBits;

    public int Label => Place & ((1 << LabelBits) - 1);
}
