namespace FineWebTorch.Model.Tokenization;

/// <summary>A slot of a double array: the child of node n by byte b, if there is one, lies at n.Base + b.</summary>
/// <param name="Base">Never negative.</param>
/// <param name="Parent">Index of the node whose child this is; -1 in a free slot and in a root.</param>
/// <param name="Id">The token that ends here, or -1.</param>
internal readonly record struct TrieNode(int Base, int Parent, int Id);
