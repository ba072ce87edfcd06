using System.Text;
using FineWebTorch.Fuzz.Engine;
using FineWebTorch.Fuzz.Mutation;
using FineWebTorch.Hub;

namespace FineWebTorch.Fuzz.Targets;

/// <summary>A dataset's README.md, whose YAML others have written.</summary>
internal sealed class CardTarget : FuzzTarget
{
    private readonly ByteMutator _bytes = new(
        "---\n", "license: ", "\n- ", ": ", "&a ", "*a", "[*a,*a,*a,*a,*a,*a,*a,*a]", "<<: *a", "? ", "!!binary ",
        "|\n  ", "{a: ", "configs:\n- config_name: default\n", "# ", "\t", "[[[[[[[[", "language:\n", "\"\\u0041");

    public override int MaxLength => 16 << 10;

    public override IEnumerable<byte[]> Seeds =>
    [
        "---\nlicense: odc-by\nlanguage:\n- en\nconfigs:\n- config_name: default\n  data_files: x\n---\n"u8.ToArray(),
        "---\nlicense:\n- mit\nlicense_name: x\nlicense_link: https://a/b\na: &a [1, 2]\nb: *a\n---\n"u8.ToArray(),
        "no front matter"u8.ToArray(),
    ];

    public override void Run(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        SourceCard.Parse(text);
        CardText.Parse(text).Set("license", CardYaml.Text("mit"));
    }

    public override bool IsRefusal(Exception exception) => exception is HubCardException;

    public override byte[] Mutate(byte[] input, byte[] other, Random random) => _bytes.Mutate(input, other, random);
}
