namespace FineWebTorch.Model;

/// <summary>Which end of a text that is too long is left out.</summary>
public enum TruncationSide
{
    /// <summary>The text's beginning is kept.</summary>
    Right = 0,

    /// <summary>The text's end is kept; all of it has to be read.</summary>
    Left = 1,
}
