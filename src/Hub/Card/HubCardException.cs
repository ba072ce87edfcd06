namespace FineWebTorch.Hub;

/// <summary>A card on the Hub that cannot be brought up to date without harming it.</summary>
public sealed class HubCardException(string message) : IOException(message);
