namespace FineWebTorch.Hub;

/// <summary>A text that was meant as a place on the Hub and is not one.</summary>
public sealed class HubPathException(string text, string reason)
    : IOException($"'{text}' is not a place on the Hub: {reason}")
{
    public string Text { get; } = text;
}
