using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace FineWebTorch.Common;

/// <summary>
/// A text that nobody may read in a log, a message or a file that others see: written anywhere it is three asterisks.
/// </summary>
/// <param name="text">Printable ASCII without spaces: it travels in the metadata of calls.</param>
public readonly struct Secret(string text) : IEquatable<Secret>
{
    /// <summary>256 bits.</summary>
    public const int Bytes = 32;

    /// <summary>Of any that travels: ours have less than 200.</summary>
    private const int MostCharacters = 1000;

    private readonly string? _text = text;

    /// <summary>Whether there is none: of a message that has left it out.</summary>
    public bool IsNone() => Reveal().Length == 0;

    /// <summary>Whether it can travel in the metadata of calls, as one that somebody else has made may not.</summary>
    public bool MayTravel() => Reveal().Length <= MostCharacters && !Reveal().AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <param name="prefix">Says what it is for, so that it is recognised where it should not be.</param>
    public static Secret Draw(string prefix) => Of(prefix, RandomNumberGenerator.GetBytes(Bytes));

    public static Secret Of(string prefix, ReadOnlySpan<byte> bytes) => new(prefix + Base64Url.EncodeToString(bytes));

    /// <summary>The text itself.</summary>
    public string Reveal() => _text ?? "";

    /// <summary>Sha256 of the text: what is kept by whoever need only know it again.</summary>
    public string Hash() => Sha256.Of(Reveal());

    /// <summary>Takes as long wherever two texts differ.</summary>
    public bool Equals(Secret other) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(Reveal()), Encoding.UTF8.GetBytes(other.Reveal()));

    public override bool Equals(object? obj) => obj is Secret other && Equals(other);

    public override int GetHashCode() => Reveal().GetHashCode(StringComparison.Ordinal);

    public override string ToString() => "***";

    public static bool operator ==(Secret left, Secret right) => left.Equals(right);

    public static bool operator !=(Secret left, Secret right) => !left.Equals(right);
}
